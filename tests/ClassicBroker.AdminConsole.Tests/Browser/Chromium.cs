using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.AdminConsole.Tests.Browser;

/// <summary>
/// A headless Chromium of Debian's, led over its debugging protocol: one page, its faults noted. One test owns it.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>The programs themselves: what lies in /usr/bin is a shell script that starts one and would leave it behind.</summary>
    private static readonly string[] Programs = ["/usr/lib/chromium/chromium-headless-shell", "/usr/lib/chromium/chromium"];

    private readonly ScratchDirectory _profile = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _calls = new();
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private ChildProcess? _process;
    private Task _reading = Task.CompletedTask;
    private string? _session;
    private int _lastCall;

    private Chromium()
    {
    }

    /// <summary>What pages logged as errors, exceptions they did not catch, and what their policy refused.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <exception cref="InvalidOperationException">There is no Chromium.</exception>
    public static async Task<Chromium> StartAsync()
    {
        var path = Programs.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("The browser test needs Chromium: apt-get install -y --no-install-recommends chromium-headless-shell");
        var browser = new Chromium();
        await browser.LaunchAsync(path);
        return browser;
    }

    public async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null, bool isOfPage = true)
    {
        var id = Interlocked.Increment(ref _lastCall);
        var answer = _calls[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (isOfPage)
        {
            call["sessionId"] = _session;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        var answered = await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return answered["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answered["result"]!;
    }

    /// <summary>The value of an expression, promises awaited.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await CallAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["awaitPromise"] = true,
            ["returnByValue"] = true,
        });
        return result["exceptionDetails"] is { } failure
            ? throw new InvalidOperationException($"{expression}: {failure.ToJsonString()}")
            : result["result"]!["value"]?.DeepClone();
    }

    /// <summary>Ends when an expression is true.</summary>
    public async Task WaitAsync(string condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(45));
        while ((bool?)await EvaluateAsync($"Boolean({condition})") != true)
        {
            if (limit.IsCancellationRequested)
            {
                var shown = (string?)await EvaluateAsync("document.body.innerText");
                throw new TimeoutException($"Never so: {condition}\n{shown}\n{string.Join('\n', Faults)}");
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    public Task GoAsync(string url) => CallAsync("Page.navigate", new JsonObject { ["url"] = url });

    public async Task<byte[]> ScreenshotAsync() => Convert.FromBase64String(
        (string)(await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _reading;
        _socket.Dispose();
        await DeleteProfileAsync();
    }

    /// <summary>Children of the browser see that it is gone, and end a moment later: until then they may write.</summary>
    private async Task DeleteProfileAsync()
    {
        const int attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (attempt < attempts)
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task LaunchAsync(string path)
    {
        _process = ChildProcess.Start(path,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
            $"--user-data-dir={_profile.Path}", "--window-size=1280,900", "about:blank",
        ]);
        const string mark = "DevTools listening on ";
        await _process.WaitForAsync(mark, TimeSpan.FromSeconds(60));
        var address = _process.Output[(_process.Output.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..].Split('\n')[0].Trim();
        await _socket.ConnectAsync(new Uri(address), CancellationToken.None);
        _reading = ReadAsync();
        var target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, isOfPage: false);
        _session = (string?)(await CallAsync(
            "Target.attachToTarget", new JsonObject { ["targetId"] = (string?)target["targetId"], ["flatten"] = true }, isOfPage: false))["sessionId"];
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Performance"])
        {
            await CallAsync($"{domain}.enable");
        }

        // Keys go to pages that have the focus.
        await CallAsync("Emulation.setFocusEmulationEnabled", new JsonObject { ["enabled"] = true });
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 20];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Take(JsonNode.Parse(message.ToArray())!);
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException)
        {
            // The browser has ended.
        }
    }

    private void Take(JsonNode message)
    {
        if ((int?)message["id"] is { } id && _calls.TryRemove(id, out var call))
        {
            call.SetResult(message);
            return;
        }

        var parameters = message["params"];
        switch ((string?)message["method"])
        {
            case "Runtime.exceptionThrown":
                Faults.Enqueue(parameters!["exceptionDetails"]!.ToJsonString());
                break;
            // What the API refuses is logged by the browser as well; pages show it.
            case "Log.entryAdded" when (string?)parameters!["entry"]!["level"] == "error" && (string?)parameters["entry"]!["source"] != "network":
                Faults.Enqueue(parameters["entry"]!.ToJsonString());
                break;
            case "Page.javascriptDialogOpening":
                Faults.Enqueue($"A dialog of a script: {parameters!.ToJsonString()}");
                break;
        }
    }
}
