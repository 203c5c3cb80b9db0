using System.Net.Http.Headers;

namespace Metricity.Rest;

/// <summary>Sends one attempt and reads its answer to the end, whatever its status. Any thread may call.</summary>
internal sealed class RestSender(HttpClient http, RestOptions options, TimeProvider time)
{
    private readonly Uri _baseUrl = new(options.BaseUrl.AbsoluteUri.TrimEnd('/') + "/");

    /// <exception cref="RestFaultException">No whole answer came.</exception>
    public async Task<RestAnswer> SendAsync(RestRoute route, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_baseUrl, route.Path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bot", options.Token.Reveal());
        request.Headers.UserAgent.ParseAdd(RestHttp.UserAgent);

        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);

        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);

            return await RestAnswer.ReadAsync(response, time, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RestFaultException($"no whole answer came within {options.RequestTimeout.TotalSeconds:0.#} s", e);
        }
        catch (HttpRequestException e)
        {
            throw new RestFaultException(RestHttp.Explain(e.HttpRequestError, _baseUrl), e);
        }
        catch (IOException e)
        {
            throw new RestFaultException("the connection broke off", e);
        }
    }
}

/// <summary>One attempt failed in a way that may pass by itself. Never leaves this room.</summary>
/// <param name="reason">Goes after "because" in a sentence; holds no part of an answer.</param>
internal sealed class RestFaultException(string reason, Exception? inner) : Exception(reason, inner);
