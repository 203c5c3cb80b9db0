# For amd64 and arm64: docker buildx build --platform linux/amd64,linux/arm64 .
# scripts/verify-image.sh carries out these steps without Docker and runs what they make.

# The SDK runs on the builder's own processor and compiles for the target's: nothing is emulated.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
WORKDIR /source

# Restore first, from the files that name packages alone: this layer stays cached until one of them changes. The lock files hold every
# package; the second restore adds what comes in the SDK's own version, the runtime for the target above all (Directory.Build.props).
COPY global.json nuget.config Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY migrations/Metricity.Migrations.csproj migrations/packages.lock.json migrations/
COPY src/Metricity/Metricity.csproj src/Metricity/packages.lock.json src/Metricity/
COPY src/Metricity/Properties/PublishProfiles/self-contained.pubxml src/Metricity/Properties/PublishProfiles/
RUN dotnet restore src/Metricity/Metricity.csproj --locked-mode
RUN dotnet restore src/Metricity/Metricity.csproj --arch $TARGETARCH -p:PublishProfile=self-contained

COPY .editorconfig appsettings.json ./
COPY migrations/ migrations/
COPY src/ src/
# The same two for the program and for the image's labels. The version is that of Directory.Build.props; a release sets its tag's.
ARG VERSION=0.1.0
ARG REVISION=
RUN dotnet publish src/Metricity/Metricity.csproj --arch $TARGETARCH -p:PublishProfile=self-contained -p:Version=$VERSION \
    -p:SourceRevisionId=$REVISION --no-restore --output /app

# Chiselled: glibc, OpenSSL and certificates; no shell, no package manager, no ICU (the program does without), and a user (1654) that is
# not root. About 15 MB, and 70 MB of /app on it.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Metricity for .NET" \
      org.opencontainers.image.description="Collects a Discord guild's metadata, never its content, into PostgreSQL" \
      org.opencontainers.image.source="https://github.com/metricity-dotnet/metricity" \
      org.opencontainers.image.documentation="https://github.com/metricity-dotnet/metricity/blob/main/docs/operations.md" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app ./
COPY LICENSE ./

# Nothing is written to disk: the root file system may be read-only. (The runtime's diagnostics want a writable /tmp and do without.)
# On the PATH, so that `docker exec CONTAINER metricity check` works.
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
    PATH="/app:$PATH"

USER $APP_UID
EXPOSE 8080
# The program drains on SIGTERM; give it more time than Collect:DrainTimeout before SIGKILL.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/app/metricity", "healthcheck"]
ENTRYPOINT ["/app/metricity"]
CMD ["run"]
