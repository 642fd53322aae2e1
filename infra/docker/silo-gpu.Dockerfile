# An inference silo on an NVIDIA GPU. Build from the repository root: docker build -f infra/docker/silo-gpu.Dockerfile -t personalization-silo-gpu .
# Run with the NVIDIA container toolkit: docker run --gpus all -e Personalization__Cluster__Roles=Inference ... personalization-silo-gpu
# For TensorRT: --build-arg RUNTIME=nvcr.io/nvidia/tensorrt:25.09-py3 and -e Personalization__Inference__Provider=TensorRt
# ONNX Runtime 1.31 is linked with CUDA 13 (driver 580 or newer), cuDNN 9 and TensorRT 10.
ARG RUNTIME=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish silo/Personalization.Silo -c Release -p:OnnxRuntime=Gpu --runtime linux-x64 --self-contained -o /app

FROM ${RUNTIME}
WORKDIR /app
COPY --from=build /app .
COPY models/packages /models
ENV Personalization__Inference__PackagesPath=/models \
    Personalization__Inference__Provider=Cuda \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_gcServer=1
USER 1654
# 8080 health and metrics, 11111 other silos
EXPOSE 8080 11111
ENTRYPOINT ["./Personalization.Silo", "run"]
