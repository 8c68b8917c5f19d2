using System.Globalization;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Records sent by librdkafka through whatever the test does to the broker, with every acknowledgement on file before the next is
/// sent. One test owns it.
/// </summary>
public sealed class AckedLoad : IAsyncDisposable
{
    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "acked_load.py");

    private readonly ChildProcess _process;
    private readonly AckedFile _file;

    private AckedLoad(ChildProcess process, string file) => (_process, _file) = (process, new(file, process));

    /// <summary>Acknowledgements so far.</summary>
    public int AckedCount => _file.Count();

    public static async Task<AckedLoad> StartAsync(
        string bootstrap, string topic, string file, bool idempotent = false, ClientCredentials? credentials = null)
    {
        var process = ChildProcess.Start(
            "/usr/bin/python3", [Driver, "produce", bootstrap, topic, file, idempotent ? "true" : "false"], credentials?.Environment);
        await process.WaitForAsync("sending", TimeSpan.FromSeconds(30));
        return new(process, file);
    }

    /// <summary>Waits until <paramref name="count"/> more records have been acknowledged than at the call.</summary>
    public Task WaitForMoreAsync(int count, TimeSpan limit) => _file.WaitForAsync(AckedCount + count, limit);

    /// <summary>Lets what is in flight come back, and returns offset and number of all that was acknowledged.</summary>
    public async Task<IReadOnlyList<(long Offset, long Number)>> StopAsync()
    {
        _process.Signal(ChildProcess.Sigterm);
        var code = await _process.WaitForExitAsync(TimeSpan.FromSeconds(90));
        Assert.True(code == 0, _process.Output);
        return Acked();
    }

    /// <summary>Offset and number of all that was acknowledged so far; -1 for an offset that was not told.</summary>
    public IReadOnlyList<(long Offset, long Number)> Acked() => [.. _file.Lines.Select(Parse)];

    /// <summary>Offset and number of every record in partition 0.</summary>
    public static async Task<IReadOnlyList<(long Offset, long Number)>> ReadAllAsync(
        string bootstrap, string topic, ClientCredentials? credentials = null)
    {
        var outcome = (await ChildProcess.RunAsync(
            "/usr/bin/python3", [Driver, "read", bootstrap, topic], limit: TimeSpan.FromSeconds(150), environment: credentials?.Environment))
            .RequireSuccess();
        return outcome.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
    }

    /// <summary>Every acknowledged record stands at its offset, and offsets have no gap.</summary>
    public static void AssertNothingLost(IReadOnlyList<(long Offset, long Number)> acked, IReadOnlyList<(long Offset, long Number)> log)
    {
        Assert.Equal(Enumerable.Range(0, log.Count).Select(offset => (long)offset), log.Select(record => record.Offset));
        var numbers = log.Select(record => record.Number).ToHashSet();
        var lost = acked.Where(record => !IsAtItsPlace(record)).Take(5).ToList();
        Assert.True(lost.Count == 0, $"Acknowledged but not at their offset: {string.Join(", ", lost)} of {acked.Count} acknowledged, {log.Count} in the log.");

        // An idempotent producer is not told the offset of a repeat that the broker no longer knows the place of.
        bool IsAtItsPlace((long Offset, long Number) record) => record.Offset < 0
            ? numbers.Contains(record.Number)
            : record.Offset < log.Count && log[(int)record.Offset].Number == record.Number;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static (long Offset, long Number) Parse(string line)
    {
        var parts = line.Split(' ');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
