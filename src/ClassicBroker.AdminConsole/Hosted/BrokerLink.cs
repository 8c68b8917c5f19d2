using System.IO.Pipes;
using System.Text.Json;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace ClassicBroker.AdminConsole.Hosted;

/// <summary>
/// The console's end of what it and its broker say to each other: the order and answers come by standard input, questions and log lines go
/// by standard output, a JSON document a line. Its end is the end of standard input. Made and disposed by <see cref="HostedConsole"/>.
/// Threading: any; answers are read by one.
/// </summary>
internal sealed class BrokerLink : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, TaskCompletionSource<JsonElement>> _asked = [];
    private readonly StreamReader _input;
    private readonly LineWriter _output;
    private bool _hasEnded;
    private int _lastId;

    public BrokerLink(Stream input, Stream output) => (_input, _output) = (new(input), new(output));

    /// <summary>Over the process's standard streams.</summary>
    public static BrokerLink Open() => new(
        new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(0, ownsHandle: true)), Console.OpenStandardOutput());

    /// <summary>The first line; null where there is none.</summary>
    public async Task<ConsoleOrder?> ReadOrderAsync()
    {
        if (await _input.ReadLineAsync() is not { } line)
        {
            return null;
        }

        using var order = JsonDocument.Parse(line);
        return ConsoleOrder.From(order.RootElement);
    }

    public void Serving() => Say("serving", static _ => { });

    public void Refused(string reason) => Say("refused", json => json.WriteString("text", reason));

    public void Log(string category, LogLevel level, string text) => Say("log", json =>
    {
        json.WriteString("category", category);
        json.WriteNumber("level", (int)level);
        json.WriteString("text", text);
    });

    /// <summary>How the broker is.</summary>
    /// <exception cref="OperationCanceledException">The broker has ended.</exception>
    public async Task<BrokerReport> AskAsync() => BrokerReport.From(await AskAsync("report", static _ => { }));

    /// <exception cref="ZooKeeperException">ZooKeeper refuses it.</exception>
    /// <exception cref="ApiException">ZooKeeper cannot be asked.</exception>
    /// <exception cref="OperationCanceledException">The broker has ended.</exception>
    public async Task<ZnodeReading> ReadZnodeAsync(string path)
    {
        var answer = await AskAsync("znode", json => json.WriteString("path", path));
        if (!answer.TryGetProperty("failure", out var failure))
        {
            return ZnodeReading.From(answer);
        }

        throw answer.TryGetProperty("code", out var code)
            ? ZooKeeperException.For((ZooKeeperError)code.GetInt32(), path)
            : new ApiException(StatusCodes.Status503ServiceUnavailable, failure.GetString()!);
    }

    /// <summary>Hands out the broker's answers until it ends; what was asked then gets none.</summary>
    public async Task AnswerUntilEndAsync()
    {
        while (await _input.ReadLineAsync() is { } line)
        {
            using var answer = JsonDocument.Parse(line);
            TaskCompletionSource<JsonElement>? asked;
            lock (_lock)
            {
                _asked.Remove(answer.RootElement.GetProperty("id").GetInt32(), out asked);
            }

            asked?.SetResult(answer.RootElement.GetProperty("answer").Clone());
        }

        TaskCompletionSource<JsonElement>[] unanswered;
        lock (_lock)
        {
            _hasEnded = true;
            unanswered = [.. _asked.Values];
            _asked.Clear();
        }

        foreach (var asked in unanswered)
        {
            asked.SetCanceled();
        }
    }

    public void Dispose() => _input.Dispose();

    private Task<JsonElement> AskAsync(string what, Action<Utf8JsonWriter> details)
    {
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_lock)
        {
            if (_hasEnded)
            {
                return Task.FromCanceled<JsonElement>(new CancellationToken(canceled: true));
            }

            id = ++_lastId;
            _asked[id] = answer;
        }

        Say(what, json =>
        {
            json.WriteNumber("id", id);
            details(json);
        });
        return answer.Task;
    }

    private void Say(string what, Action<Utf8JsonWriter> details) => _output.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("say", what);
        details(json);
        json.WriteEndObject();
    });
}
