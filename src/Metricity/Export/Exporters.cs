using Metricity.Database;
using Npgsql;

namespace Metricity.Export;

/// <summary>What goes out of its own accord while the collector runs. Beside it are metrics and traces, which others fetch or the SDK sends.</summary>
/// <param name="statsd">Null = off.</param>
internal sealed class Exporters(NpgsqlDataSource dataSource, StorageOptions options, GuildSizes sizes, StatsdSender? statsd = null)
{
    /// <summary>Until it is cancelled; the last figures are sent then.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        sizes.RunAsync(dataSource, options, cancellationToken), statsd?.RunAsync(cancellationToken) ?? Task.CompletedTask);
}
