using Metricity.Report;
using Microsoft.AspNetCore.Http;

namespace Metricity.Hosting;

/// <summary>The report at <c>/</c> of a running collector (<c>Http:Report</c>), on a database connection of its own.</summary>
internal sealed class ReportEndpoint : IAsyncDisposable
{
    private readonly InsightsReader _reader;
    private readonly ReportPage _page;

    public ReportEndpoint(Settings settings, TimeProvider time)
    {
        _reader = new InsightsReader(settings.ConnectionString!.Reveal());
        _page = new ReportPage([.. settings.Guilds.Select(guild => (guild.Id.ToString(), guild.Schema))], _reader.ReadAsync, time);
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
        await _reader.DisposeAsync();
    }
}
