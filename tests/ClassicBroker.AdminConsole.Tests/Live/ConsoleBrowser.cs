using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>Requests of one browser: cookies, and after sign-in the token against forged requests.</summary>
public sealed class ConsoleBrowser : IDisposable
{
    private readonly HttpClient _http;

    public ConsoleBrowser(string address) => _http = new HttpClient(new HttpClientHandler { CookieContainer = Cookies })
    {
        BaseAddress = new Uri(address),
        Timeout = TimeSpan.FromSeconds(60),
    };

    public CookieContainer Cookies { get; } = new();

    public string? Csrf { get; set; }

    public HttpClient Http => _http;

    public async Task<JsonNode> SignInAsync(string user, string secret)
    {
        var session = await PostAsync("/api/sign-in", new JsonObject { ["user"] = user, ["secret"] = secret });
        Csrf = (string?)session["csrf"];
        return session;
    }

    /// <summary>The answer, which must be a good one.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    /// <summary>
    /// The answer, once it is as wanted: a broker hears of a change a moment after the one that made it, and the console remembers for a
    /// moment what it was told. After a minute the last answer, for the test to judge.
    /// </summary>
    public async Task<JsonNode> GetUntilAsync(string path, Predicate<JsonNode> isWanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var answer = await GetAsync(path);
            if (isWanted(answer) || limit.IsCancellationRequested)
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>
    /// Gives an order until its answer has that status: the broker that gets it may not have heard of what it is about. After a minute the
    /// test fails with the last answer.
    /// </summary>
    public async Task PostUntilAsync(string path, JsonNode body, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var response = await SendAsync(path, body);
            if (response.StatusCode == status || limit.IsCancellationRequested)
            {
                await ReadAsync(response, status);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>The problem that a question is refused with.</summary>
    public async Task<JsonNode> GetRefusedAsync(string path, HttpStatusCode status)
    {
        using var response = await _http.GetAsync(path);
        return await ReadAsync(response, status);
    }

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonNode> PostAsync(string path, JsonNode body) => PostAsync(path, body, HttpStatusCode.OK);

    /// <summary>The answer, which must have that status.</summary>
    public async Task<JsonNode> PostAsync(string path, JsonNode body, HttpStatusCode status)
    {
        using var response = await SendAsync(path, body);
        return await ReadAsync(response, status);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string path, JsonNode body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        if (Csrf is not null)
        {
            request.Headers.Add("X-CSRF-Token", Csrf);
        }

        return await _http.SendAsync(request);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.RequestMessage!.RequestUri} answered {(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
