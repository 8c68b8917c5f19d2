using System.Diagnostics;
using ClassicBroker.Platform;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// What ZooKeeper takes for as many znodes as there are partitions, each as long as a partition's state, in one pipeline: no controller is
/// through sooner.
/// </summary>
internal static class BareZooKeeper
{
    private const string Root = "/bench";
    private const int StateBytes = 110;

    /// <summary>Enough to have the server always at work.</summary>
    private const int InFlight = 100;

    /// <summary>Seconds to create the znodes, to read them all, and to write them all.</summary>
    public static async Task<(double Create, double Read, double Write)> MeasureAsync(string connect, int znodes)
    {
        await using var loops = new EventLoopGroup(
            1, "bare-zookeeper-", TimeProvider.System, failure => Environment.FailFast("The bare loop failed", failure));
        var client = ZooKeeperClient.Start(
            new ZooKeeperClientOptions { Connect = ZooKeeperConnectString.Parse(connect), MaxInFlightRequests = InFlight },
            new EpollTransport(loops, new SystemAddressResolver(), NullLogger<EpollTransport>.Instance),
            loops.Loops[0],
            new SystemRandomSource(),
            NullLogger.Instance);
        var data = new byte[StateBytes];
        await client.CreateAsync(Root, data, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        string[] paths = [.. Enumerable.Range(0, znodes).Select(number => $"{Root}/{number}")];
        var create = await SecondsAsync(path => client.CreateAsync(path, data, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
        var read = await SecondsAsync(path => client.GetDataAsync(path, watch: false));
        var write = await SecondsAsync(path => client.SetDataAsync(path, data, ZnodeVersion.Any));
        await SecondsAsync(path => client.DeleteAsync(path, ZnodeVersion.Any));
        await client.DeleteAsync(Root, ZnodeVersion.Any);
        await client.CloseAsync();
        return (create, read, write);

        async Task<double> SecondsAsync(Func<string, Task> ask)
        {
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(paths.Select(ask));
            return clock.Elapsed.TotalSeconds;
        }
    }
}
