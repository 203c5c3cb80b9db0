using Metricity.Migrations;
using Npgsql;

namespace Metricity.Database;

/// <summary>The one pool of connections of the program.</summary>
internal static class StorageDataSource
{
    /// <summary>
    /// After this long without a statement the server ends an open transaction: a writer that was frozen or cut off in the middle of one
    /// must not keep the row of its position locked, which its successor needs. A standby takes over within 10 s.
    /// </summary>
    public static readonly TimeSpan IdleInTransaction = TimeSpan.FromSeconds(6);

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

        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection => Session(connection).ExecuteNonQuery(), connection => Session(connection).ExecuteNonQueryAsync());

        return builder.Build();
    }

    /// <inheritdoc cref="DatabaseConnection"/>
    public static Task<NpgsqlConnection> ConnectAsync(this NpgsqlDataSource dataSource, CancellationToken cancellationToken) =>
        DatabaseConnection.OpenAsync(dataSource.CreateConnection(), cancellationToken);

    private static NpgsqlCommand Session(NpgsqlConnection connection) => new(
        $"set idle_in_transaction_session_timeout = {(int)IdleInTransaction.TotalMilliseconds}", connection);
}
