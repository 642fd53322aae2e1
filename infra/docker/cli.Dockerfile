# Build from the repository root: docker build -f infra/docker/cli.Dockerfile -t personalization-cli .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish client/Personalization.Cli -c Release -o /app

FROM mcr.microsoft.com/dotnet/runtime:10.0
WORKDIR /app
COPY --from=build /app .
COPY models/data /data
USER $APP_UID
ENTRYPOINT ["dotnet", "Personalization.Cli.dll"]
