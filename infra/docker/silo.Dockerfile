# Build from the repository root: docker build -f infra/docker/silo.Dockerfile -t personalization-silo .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish silo/Personalization.Silo -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
COPY models/packages /models
ENV Personalization__Inference__PackagesPath=/models \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_gcServer=1
USER $APP_UID
# 8080 health and metrics, 11111 other silos, 30000 gateways
EXPOSE 8080 11111 30000
ENTRYPOINT ["dotnet", "Personalization.Silo.dll", "run"]
