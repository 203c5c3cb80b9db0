# syntax=docker/dockerfile:1

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Restore first, from the files that name packages alone: this layer stays cached until one of them changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY migrations/Metricity.Migrations.csproj migrations/
COPY src/Metricity/Metricity.csproj src/Metricity/
RUN dotnet restore src/Metricity/Metricity.csproj

COPY .editorconfig appsettings.json ./
COPY migrations/ migrations/
COPY src/ src/
RUN dotnet publish src/Metricity/Metricity.csproj --configuration Release --no-restore --output /app

# Chiselled: no shell, no package manager, and a user (1654) that is not root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
LABEL org.opencontainers.image.title="Metricity for .NET" \
      org.opencontainers.image.description="Collects a Discord guild's metadata, never its content, into PostgreSQL" \
      org.opencontainers.image.source="https://github.com/metricity-dotnet/metricity" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app ./
COPY LICENSE ./

# The image has no ICU data; Directory.Build.props says the same to the program itself.
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

USER $APP_UID
# SIGTERM (Docker's default) stops the program in order; give it more time than Collect:DrainTimeout.
ENTRYPOINT ["dotnet", "/app/metricity.dll"]
CMD ["run"]
