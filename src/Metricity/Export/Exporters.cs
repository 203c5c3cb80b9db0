using Metricity.Database;
using Npgsql;

namespace Metricity.Export;

/// <summary>What goes out by itself while the collector runs; metrics and traces are fetched, or sent by OpenTelemetry.</summary>
/// <param name="statsd">Null = off.</param>
internal sealed class Exporters(NpgsqlDataSource dataSource, StorageOptions options, GuildSizes sizes, StatsdSender? statsd = null)
{
    /// <summary>Until it is cancelled; the last figures are sent then.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        sizes.RunAsync(dataSource, options, cancellationToken), statsd?.RunAsync(cancellationToken) ?? Task.CompletedTask);
}
