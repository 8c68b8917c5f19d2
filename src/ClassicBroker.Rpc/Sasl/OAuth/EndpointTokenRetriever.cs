using System.Text;
using System.Text.Json;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Asks an issuer for a token by the grant of client credentials (RFC 6749, 4.4):
/// <code>
/// POST, Authorization: Basic base64(id ":" secret)     grant_type=client_credentials[&amp;scope=…]
/// 200 or 201                                           {"access_token":"…", …}
/// </code>
/// Threading: the requester's loop.
/// </summary>
internal sealed class EndpointTokenRetriever : ITokenRetriever
{
    private const int OkStatus = 200;
    private const int CreatedStatus = 201;

    /// <summary>Those of Kafka: the same request would be refused again.</summary>
    private static readonly int[] FinalStatuses = [400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 501, 505];

    private readonly HttpRequester _http;
    private readonly HttpRequest _request;
    private readonly HttpRetry _retry;

    /// <exception cref="JaasException">The login module has no client's id or secret.</exception>
    public EndpointTokenRetriever(
        HttpAddress address,
        TokenEndpointSettings settings,
        IReadOnlyDictionary<string, string> options,
        TlsContext tls,
        HttpRequester http)
    {
        _http = http;
        _retry = new HttpRetry(http.Loop, settings.RetryBackoffMs, settings.RetryBackoffMaxMs);
        var (id, secret) = (Required(options, "clientId"), Required(options, "clientSecret"));
        var credentials = settings.UrlEncodesCredentials ? $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}" : $"{id}:{secret}";
        var scope = options.GetValueOrDefault("scope")?.Trim();
        _request = new HttpRequest
        {
            Address = address,
            Tls = tls,
            Method = "POST",
            Fields =
            [
                ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            Body = Encoding.ASCII.GetBytes(
                "grant_type=client_credentials" + (string.IsNullOrEmpty(scope) ? "" : $"&scope={Uri.EscapeDataString(scope)}")),
            ConnectTimeout = settings.ConnectTimeout,
            AnswerTimeout = settings.ReadTimeout,
        };
    }

    public Task<string> RetrieveAsync() => _retry.RunAsync(AskAsync);

    private async Task<string> AskAsync()
    {
        var url = _request.Address.Url;
        HttpAnswer answer;
        try
        {
            answer = await _http.SendAsync(_request);
        }
        catch (HttpException failure)
        {
            throw new HttpException($"{url}: {failure.Message}");
        }

        return answer.Status is OkStatus or CreatedStatus
            ? TokenIn(answer.Body) ?? throw new HttpException($"{url}: the answer holds no access_token") { IsFinal = true }
            : throw new HttpException($"{url}: {Refusal(answer)}") { IsFinal = FinalStatuses.Contains(answer.Status) };
    }

    private static string? TokenIn(byte[] body) => Member(body, "access_token");

    /// <summary>The status, and the code of the error (RFC 6749, 5.2); nothing else of the answer is repeated.</summary>
    private static string Refusal(HttpAnswer answer) =>
        Member(answer.Body, "error") is { Length: <= 100 } error && !error.Any(char.IsControl)
            ? $"the answer has status {answer.Status} and the error {error}"
            : $"the answer has status {answer.Status}";

    private static string? Member(byte[] body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            JsonStrings.Require(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object ? JsonWebToken.Text(document.RootElement, name)?.Trim() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Required(IReadOnlyDictionary<string, string> options, string name) =>
        options.GetValueOrDefault(name)?.Trim() switch
        {
            null => throw new JaasException($"The OAuth configuration option {name} value must be non-null"),
            "" => throw new JaasException($"The OAuth configuration option {name} value must not contain only whitespace"),
            var value => value,
        };
}
