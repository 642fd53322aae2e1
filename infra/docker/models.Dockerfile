# Training and evaluation. Build from the repository root: docker build -f infra/docker/models.Dockerfile -t personalization-models .
FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-torch libopenblas0-pthread python3-pandas python3-scipy python3-sklearn \
    && rm -rf /var/lib/apt/lists/*
COPY models/src /models/src
COPY models/configs /models/configs
ENV PYTHONPATH=/models/src
USER 1654
ENTRYPOINT ["python3", "-m", "personalization_models"]
