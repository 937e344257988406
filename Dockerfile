# One image for `serve`, `worker`, `migrate` and `prune`; settings come from the environment alone.
FROM python:3.13-slim-bookworm AS build
COPY requirements-service.txt /build/
RUN python -m venv /opt/instep \
    && /opt/instep/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps \
       --require-hashes -r /build/requirements-service.txt

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin instep
WORKDIR /srv/instep
COPY --from=build /opt/instep /opt/instep
COPY LICENSE ./
COPY app app
COPY schema schema
COPY resolvers resolvers
COPY domain domain
COPY db db
COPY sync_worker sync_worker
COPY qbwc qbwc
COPY simulator simulator
COPY console console
ENV PATH=/opt/instep/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    INSTEP_HOST=0.0.0.0 INSTEP_LOG_FORMAT=json
USER 10001
EXPOSE 8080
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
