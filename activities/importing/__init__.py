"""From a file of somebody else's making to rows of the product.

reading (bytes to cells) -> mapping (which column is which field) -> formats (what dates and numbers
look like) -> rows (typed values) -> the kind's own loader, in one transaction that is kept only
when no row of the file is bad.
"""
