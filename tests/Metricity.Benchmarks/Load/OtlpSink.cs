using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Metricity.Benchmarks.Load;

/// <summary>Takes whatever is sent by OTLP over HTTP and says thanks.</summary>
internal static class OtlpSink
{
    public const string Verb = "otlp-sink";

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        await ChildProcess.ServeAsync(new Uri(app.Urls.First()).Port);

        return 0;
    }
}
