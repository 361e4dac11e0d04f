"""Which KPIs each role looks at: the pages and the service that change them."""
