using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Operations.Consoles;

/// <summary>
/// The admin console of a broker: a process of its own, so that a broker without one carries nothing of it (decision 0017). It gets its
/// order through its standard input and ends when that ends, with the broker however that ends; what it logs and asks comes through its
/// standard output. One that ends by itself is reported and started again. Made, started and disposed by the executable. Threading: the
/// pool's, apart from the broker's loops.
/// </summary>
public sealed partial class ConsoleProcess : IAsyncDisposable
{
    /// <summary>The console's only argument where a broker starts it.</summary>
    public const string InServiceOption = "--in-service-of-a-broker";

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<string?> _firstWord = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProcessStartInfo _start;
    private readonly ConsoleOrder _order;
    private readonly IConsoleBroker _broker;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;
    private bool _hasServed;

    private ConsoleProcess(ProcessStartInfo start, ConsoleOrder order, IConsoleBroker broker, ILoggerFactory loggers, TimeProvider time)
    {
        (_start, _order, _broker, _loggers, _time) = (start, order, broker, loggers, time);
        _logger = loggers.CreateLogger("ClassicBroker.Operations.ConsoleProcess");
    }

    /// <summary>Starts the console, and waits until it serves.</summary>
    /// <exception cref="IOException">It does not; the message is its reason.</exception>
    public static async Task<ConsoleProcess> StartAsync(
        ConsoleOrder order, IConsoleBroker broker, ILoggerFactory loggers, TimeProvider time)
    {
        var console = new ConsoleProcess(
            ConsoleProgram.Start(AppContext.BaseDirectory, Environment.ProcessPath), order, broker, loggers, time);
        console._running = console.RunAsync();
        if (await console._firstWord.Task is { } refusal)
        {
            await console.DisposeAsync();
            throw new IOException(refusal);
        }

        return console;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = PauseMin;
        while (!_ending.IsCancellationRequested)
        {
            var startedAt = _time.GetTimestamp();
            string end;
            try
            {
                end = $"ended with exit code {await RunOnceAsync()}";
            }
            catch (System.ComponentModel.Win32Exception failure)
            {
                end = $"cannot be started: {failure.Message}";
            }

            // A console that never served is the start's to refuse: its configuration is wrong, or its port is taken.
            if (!_hasServed || _ending.IsCancellationRequested)
            {
                _firstWord.TrySetResult($"The program of the console {end}.");
                return;
            }

            pause = _time.GetElapsedTime(startedAt) > PauseMax ? PauseMin : pause;
            LogEnded(_logger, end, pause.TotalSeconds);
            try
            {
                await Task.Delay(pause, _time, _ending.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    /// <summary>The exit code.</summary>
    private async Task<int> RunOnceAsync()
    {
        using var process = Process.Start(_start)!;
        var input = process.StandardInput.BaseStream;
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using var kill = patience.Token.UnsafeRegister(static killed => ((Process)killed!).Kill(), process);
        await using var end = _ending.Token.UnsafeRegister(
            _ =>
            {
                input.Dispose();
                patience.CancelAfter(EndPatience);
            },
            null);
        var lines = new LineWriter(input);
        lines.Write(_order.WriteTo);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            await TakeAsync(line, lines);
        }

        patience.CancelAfter(EndPatience);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private async Task TakeAsync(string line, LineWriter answers)
    {
        using var document = JsonDocument.Parse(line);
        var said = document.RootElement;
        switch (said.GetProperty("say").GetString())
        {
            case "serving":
                _hasServed = true;
                _firstWord.TrySetResult(null);
                break;
            case "refused":
                var reason = said.GetProperty("text").GetString()!;
                if (!_firstWord.TrySetResult(reason))
                {
                    LogRefused(_logger, reason);
                }

                break;
            case "log":
                _loggers.CreateLogger(said.GetProperty("category").GetString()!).Log(
                    (LogLevel)said.GetProperty("level").GetInt32(), "{Text}", said.GetProperty("text").GetString());
                break;
            case "report":
                Answer(answers, said, _broker.Report().WriteTo);
                break;
            case "znode":
                Answer(answers, said, await _broker.ReadZnodeAsync(said.GetProperty("path").GetString()!));
                break;
        }
    }

    private static void Answer(LineWriter answers, JsonElement question, Action<Utf8JsonWriter> answer)
    {
        var id = question.GetProperty("id").GetInt32();
        answers.Write(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WritePropertyName("answer");
            answer(json);
            json.WriteEndObject();
        });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The admin console cannot serve: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The admin console {End}; it is started again in {Seconds} s")]
    private static partial void LogEnded(ILogger logger, string end, double seconds);
}
