using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// An idempotent producer of librdkafka that writes to partition 0 without pause, and the longest time it had nothing acknowledged. One test
/// owns it.
/// </summary>
public sealed partial class WriteGaps : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;
    private int _asked;

    private WriteGaps(ChildProcess process) => _process = process;

    public static async Task<WriteGaps> StartAsync(string bootstrap, string topic)
    {
        var driver = Path.Combine(AppContext.BaseDirectory, "Clients", "write_gaps.py");
        var process = ChildProcess.Start("/usr/bin/python3", [driver, bootstrap, topic], hasInput: true);
        await process.WaitForAsync("sending", Patience);
        return new(process);
    }

    /// <summary>The longest time between two acknowledgements since the last call, the time since the last one included.</summary>
    public async Task<TimeSpan> TakeLongestAsync()
    {
        Assert.False(_process.HasExited, $"The producer has given itself up: {_process.Output}");
        var answered = _process.WaitForNextAsync("gap ", Patience);
        _process.WriteLine("?");
        await answered;
        var answer = Answer().Matches(_process.Output)[_asked++].Groups[1].Value;
        return TimeSpan.FromMilliseconds(int.Parse(answer, CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex(@"^gap (\d+)", RegexOptions.Multiline)]
    private static partial Regex Answer();
}
