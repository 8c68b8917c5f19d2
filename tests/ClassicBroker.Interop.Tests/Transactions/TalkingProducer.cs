using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// A process with producers of librdkafka that does what it is told, a command at a time (<c>transactions_confluent.py</c>), and stays in
/// between. One test owns it.
/// </summary>
internal sealed class TalkingProducer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "transactions_confluent.py");

    private readonly ChildProcess _process;

    /// <param name="bootstrap">Where the brokers are.</param>
    /// <param name="topic">What the commands send to and read from.</param>
    /// <param name="transactionalId">Its transactional id.</param>
    /// <param name="transactionTimeout">How long its transactions may take.</param>
    /// <param name="wrapper">A command to run it under, such as one that enters a network; null for none.</param>
    public TalkingProducer(
        string bootstrap, string topic, string transactionalId, TimeSpan transactionTimeout, IReadOnlyList<string>? wrapper = null) =>
        // What the library logs is not wanted among the answers.
        _process = ChildProcess.Start(
            wrapper is null ? "/bin/sh" : wrapper[0],
            [
                .. wrapper is null ? [] : wrapper.Skip(1).Append("/bin/sh"),
                "-c", "exec /usr/bin/python3 \"$@\" 2>/dev/null", "sh", Driver, bootstrap, topic, transactionalId,
                $"{(int)transactionTimeout.TotalMilliseconds}",
            ],
            hasInput: true);

    /// <summary>Gives a command and returns its answer.</summary>
    public async Task<string> AskAsync(string command)
    {
        var answered = _process.WaitForNextAsync("", Limit);
        _process.WriteLine(command);
        await answered;
        return _process.Output.Split('\n')[^1];
    }

    /// <summary>Gives several commands, each of which must succeed.</summary>
    public async Task DoAsync(params string[] commands)
    {
        foreach (var command in commands)
        {
            Assert.Equal((command, "ok"), (command, await AskAsync(command)));
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Signal(ChildProcess.Sigkill);
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
