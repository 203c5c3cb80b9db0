using Metricity.Migrations;

namespace Metricity.Database;

/// <summary>Whether the schemas are those that this build knows. Looks, and changes nothing.</summary>
/// <param name="schemas">Of all guilds in the settings.</param>
internal sealed class SchemaCheck(string connectionString, IReadOnlyList<string> schemas)
{
    /// <exception cref="SchemaException">A person has to act.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy, so that nothing is known of its schemas.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(connectionString, schemas, _ => { });
        try
        {
            SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
        }
        catch (SchemaException e) when (e.IsTransient)
        {
            throw new StoreUnavailableException(e.Sentence, e);
        }
    }
}
