using Metricity.Events;
using Metricity.Insights;
using Metricity.Storage;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Metricity.Hosting;

/// <summary>The report at <c>/</c> of a running collector (<c>Http:Report</c>), on a database connection of its own.</summary>
internal sealed class ReportEndpoint : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly ReportPage _page;

    public ReportEndpoint(Settings settings, TimeProvider time)
    {
        var options = new StorageOptions
        {
            ConnectionString = settings.ConnectionString!.Reveal(),
            GuildSchemas = new Dictionary<Snowflake, string>(),
        };
        _database = StorageDataSource.Create(options);
        _page = new ReportPage(
            [.. settings.Guilds.Select(guild => (guild.Id.ToString(), guild.Schema))],
            new InsightsReader(_database, options.CommandTimeout).ReadAsync,
            time);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var answer = await _page.AnswerAsync(query["guild"], query["days"], query["zone"], context.RequestAborted);
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        await response.WriteAsync(answer.Html, context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        await _database.DisposeAsync();
    }
}
