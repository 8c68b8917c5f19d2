using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// A worker that copies a topic exactly once, killed and started again by its test, which owns it. A worker that ends by itself is started
/// again too: what it said last is kept.
/// </summary>
internal sealed partial class Copier(string kind, string transactionalId, Func<ChildProcess> start) : IAsyncDisposable
{
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    private ChildProcess _process = start();

    public static string[] Kinds { get; } = ["confluent", "kafkajs", "ours"];

    /// <summary>How the worker ended on its own, with its last words.</summary>
    public List<string> Ends { get; } = [];

    /// <summary>
    /// Those of the ends that a worker must not come to: a step that does not come back, a crash, a refusal that is not for a fenced
    /// producer. kafkajs gives up on whatever it has asked for often enough, and is told from a crash by the error it names.
    /// </summary>
    public List<string> WrongEnds { get; } = [];

    public string Output => $"{kind} {transactionalId}:\n{_process.Output}";

    public static Copier Start(string kind, int number, string bootstrap, string input, string output)
    {
        var id = kind == "kafkajs" ? kind : $"{kind}-{number}";
        string[] arguments = [bootstrap, $"{kind}-copiers", id, input, output];
        return new(kind, id, () => kind switch
        {
            "confluent" => ChildProcess.Start("/usr/bin/python3", [Path.Combine(Drivers, "copier_confluent.py"), .. arguments]),
            "kafkajs" => ChildProcess.Start(
                "node",
                [Path.Combine(Drivers, "copier_kafkajs.js"), .. arguments],
                new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules }),
            _ => ChildProcess.Start(RepositoryLayout.Program("ConsumeTransformProduce"), arguments),
        });
    }

    /// <summary>Starts it again where it has ended.</summary>
    public async Task ReviveAsync()
    {
        if (_process.HasExited)
        {
            var words = _process.Output.Split('\n').LastOrDefault(line => line.Length > 0) ?? "";
            var end = $"{kind} {transactionalId} ended with {_process.ExitCode}: {words}";
            Ends.Add(end);
            if (!IsAllowed(_process.ExitCode, words))
            {
                WrongEnds.Add($"{end}\n{_process.Output}");
            }

            await RestartAsync();
        }
    }

    /// <summary>kill -9, and another start.</summary>
    public async Task KillAsync()
    {
        _process.Signal(ChildProcess.Sigkill);
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await RestartAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private bool IsAllowed(int exitCode, string words) => kind switch
    {
        "confluent" => exitCode == 2 && Fenced().IsMatch(words),
        "kafkajs" => exitCode == 3 && GivenUp().IsMatch(words),
        _ => exitCode == 2,
    };

    [GeneratedRegex("^failed (_FENCED|_STATE|PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|INVALID_TXN_STATE)\\b")]
    private static partial Regex Fenced();

    [GeneratedRegex("^failed \\w+ KafkaJS\\w+")]
    private static partial Regex GivenUp();

    private async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = start();
    }
}
