# The pages, the program, and an image that holds nothing else.
FROM node:22-bookworm-slim AS frontend
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM rust:1.95-bookworm AS program
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake=3.* \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY config/ config/
COPY src/ src/
COPY --from=frontend /src/frontend/dist/ frontend/dist/
RUN SKIP_FRONTEND=1 cargo build --release --locked --bin rollcall && mkdir /data

# glibc and the usual certificate authorities, no shell.
FROM gcr.io/distroless/cc-debian12:nonroot AS portal
COPY --from=program /src/target/release/rollcall /usr/local/bin/rollcall
COPY --from=program --chown=65532:65532 --chmod=700 /data /data
ENV ROLLCALL_LISTEN=0.0.0.0:8080 ROLLCALL_DATA_DIR=/data
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["/usr/local/bin/rollcall", "health"]
ENTRYPOINT ["/usr/local/bin/rollcall"]
CMD ["serve"]
