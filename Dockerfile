# One image for web, workers and schedule; compose.yaml says which is which.
FROM python:3.11-slim AS packages
COPY requirements/run.txt /run.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /run.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app maillot
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# No server of its own in production: what is missing in the environment stops the start.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MAILLOT_EMBEDDED=0
RUN export DJANGO_SETTINGS_MODULE=config.settings_for_tools \
 && python manage.py translations --compile \
 && python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q /app
USER maillot
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
  "--timeout-graceful-shutdown", "10", "--no-access-log"]
