using Npgsql;

namespace Metricity.Storage;

/// <summary>The one pool of connections of the program.</summary>
internal static class StorageDataSource
{
    /// <summary>
    /// Statements are prepared on second use. No logger is handed over: Npgsql logs the text of every command at Information.
    /// </summary>
    public static NpgsqlDataSource Create(StorageOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true, // all that a transaction sets is local to it
            Timezone = "UTC",
            Enlist = false,
            IncludeErrorDetail = false,
        };
        settings.ApplicationName ??= "metricity";

        return NpgsqlDataSource.Create(settings);
    }
}
