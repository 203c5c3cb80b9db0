using FluentMigrator.Infrastructure;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Conventions;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// FluentMigrator for one schema. Migrations name no schema: tables, columns, indexes and constraints get it by convention, and SQL finds
/// it by <c>search_path</c>, which the caller sets for the transaction.
/// </summary>
internal sealed class MigrationEngine : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IServiceScope _scope;

    private MigrationEngine(MigrationTarget target)
    {
        _services = new ServiceCollection()
            .AddFluentMigratorCore()
            .ConfigureRunner(builder => builder.AddPostgres15_0())
            .AddSingleton(target)
            .AddSingleton<IMigrationSourceItem>(target)
            .AddSingleton<IEmbeddedResourceProvider>(new DefaultEmbeddedResourceProvider(typeof(MigrationEngine).Assembly))
            .AddScoped<IVersionTableMetaData>(_ => target)
            .AddScoped<IConventionSet>(_ => new DefaultConventionSet(target.SchemaName, workingDirectory: null))
            .AddScoped<MigrationProcessor>()
            // Without these two FluentMigrator takes a missing connection string for a wish to do nothing, and says that all went well.
            .AddScoped<IProcessorAccessor>(services => services.GetRequiredService<MigrationProcessor>())
            .AddScoped<IVersionLoader, VersionLoader>()
            .BuildServiceProvider();
        _scope = _services.CreateScope();
    }

    /// <param name="schema">Unquoted name.</param>
    /// <param name="connection">In a transaction whose search path is the schema, which has its history table.</param>
    /// <param name="cancellationToken">Cancels the running statement; the caller rolls back.</param>
    public static MigrationEngine On(string schema, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return new MigrationEngine(new MigrationTarget(schema, connection, sql =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var command = new NpgsqlCommand(sql, connection);
            using var cancel = cancellationToken.Register(command.Cancel);
            try
            {
                command.ExecuteNonQuery();
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.QueryCanceled)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
        }));
    }

    /// <summary>Applies what is pending up to a version.</summary>
    public Task UpAsync(long version)
    {
        // FluentMigrator waits for the database on the thread that calls it.
        return Task.Run(() => Get<IMigrationRunner>().MigrateUp(version));
    }

    /// <summary>Reverts what is later than a version; 0 = everything.</summary>
    public Task DownAsync(long version)
    {
        return Task.Run(() => Get<IMigrationRunner>().MigrateDown(version));
    }

    /// <summary>Writes what the migrations of a schema do, oldest first, without a database.</summary>
    /// <param name="schema">Unquoted name.</param>
    /// <param name="begin">Called before the statements of each migration.</param>
    /// <param name="statement">Called with each statement.</param>
    /// <param name="end">Called after them.</param>
    public static void Write(string schema, Action<IMigrationInfo> begin, Action<string> statement, Action<IMigrationInfo> end)
    {
        using var engine = new MigrationEngine(new MigrationTarget(schema, connection: null, statement));
        var processor = engine.Get<MigrationProcessor>();
        foreach (var migration in engine.Get<IMigrationInformationLoader>().LoadMigrations().Values)
        {
            var context = new MigrationContext(processor, engine._scope.ServiceProvider, connection: null);
            migration.Migration.GetUpExpressions(context);
            engine.Get<MigrationValidator>().ApplyConventionsToAndValidateExpressions(migration.Migration, context.Expressions);
            begin(migration);
            foreach (var expression in context.Expressions)
            {
                expression.ExecuteWith(processor);
            }

            end(migration);
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _services.Dispose();
    }

    private T Get<T>()
        where T : notnull
    {
        return _scope.ServiceProvider.GetRequiredService<T>();
    }
}
