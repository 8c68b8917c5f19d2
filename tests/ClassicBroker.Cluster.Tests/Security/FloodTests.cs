using System.Collections.Concurrent;
using System.Net.Sockets;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests.Security;

/// <summary>
/// A secured broker that strangers flood with connections that say nothing, handshakes that do not end, frames that are none and wrong
/// passwords: who belongs there is served all the while, limits hold, and nothing is left behind. How fast is a row of <c>scripts/bench.sh</c>.
/// </summary>
public sealed class FloodTests : IDisposable
{
    private const int PerAddressMax = 300;
    private const int Addresses = 4;
    private const int HalfOpenEach = 1000;
    private const int Dripping = 300;
    private const int Attacks = 400;
    private const int WrongPasswords = 100;
    private const int Logins = 40;
    private const short SaslAuthenticationFailed = 58;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();
    private readonly ConcurrentBag<Socket> _held = [];

    public void Dispose()
    {
        foreach (var socket in _held)
        {
            socket.Dispose();
        }

        _scratch.Dispose();
    }

    [Fact]
    public async Task Clients_are_served_while_strangers_flood_the_listener_and_limits_hold()
    {
        using var security = ClusterSecurity.Of(SecurityProfile.Secured, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = await security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                ["max.connections.per.ip"] = $"{PerAddressMax}",
            })).StartAsync();
        await Tool.RunAsync("kafka-topics.sh", ["--bootstrap-server", broker.BootstrapServers, .. security.Client.Arguments(), "--create", "--topic", "load"]);
        await using var load = await AckedLoad.StartAsync(
            broker.BootstrapServers, "load", _scratch.File("acked"), idempotent: true, security.Client);
        await load.WaitForMoreAsync(500, Patience);
        var before = Descriptors(broker);

        using (var over = new CancellationTokenSource(Patience))
        {
            var halfOpen = await Task.WhenAll(Enumerable.Range(1, Addresses).Select(address => HoldAsync(broker.Port, address, over.Token)));
            Assert.Equal(Enumerable.Repeat(PerAddressMax, Addresses), halfOpen);
            Assert.InRange(Descriptors(broker), before + (PerAddressMax * Addresses), before + (PerAddressMax * Addresses) + 50);

            var dripping = Enumerable.Range(0, Dripping).Select(_ => WithAsync(
                broker.Port, 100, socket => Stranger.DripAsync(socket, TimeSpan.FromMilliseconds(100), over.Token), over.Token)).ToArray();
            var attacks = Enumerable.Range(0, Attacks).Select(number => WithAsync(
                broker.Port, 101 + (number % 4), socket => Stranger.AttackAsync(socket, number, over.Token), over.Token)).ToArray();
            var wrong = new ScramUser(ClusterSecurity.ClientUser, "a-guess");
            var refused = Enumerable.Range(0, WrongPasswords).Select(_ => LogInAsync(broker.Port, 110, wrong, over.Token)).ToArray();
            var right = new ScramUser(ClusterSecurity.ClientUser, "app-secret");
            var let = Enumerable.Range(0, Logins).Select(_ => LogInAsync(broker.Port, 111, right, over.Token)).ToArray();

            await load.WaitForMoreAsync(2000, Patience);
            Assert.Equal(Enumerable.Repeat<short?>(0, Logins), await Task.WhenAll(let));
            Assert.Equal(Enumerable.Repeat<short?>(SaslAuthenticationFailed, WrongPasswords), await Task.WhenAll(refused));
            await Task.WhenAll(attacks);
            (await ChildProcess.RunAsync("kcat", ["-L", "-b", broker.BootstrapServers], environment: security.Client.Environment)).RequireSuccess();

            // Neither they nor those that say nothing get another thirty seconds for what they add to their half of a handshake.
            await Task.WhenAll(dripping);
        }

        await WaitForDescriptorsAsync(broker, before);
        AckedLoad.AssertNothingLost(
            await load.StopAsync(), await AckedLoad.ReadAllAsync(broker.BootstrapServers, "load", security.Client));
        Assert.Equal(0, await broker.StopAsync());
    }

    /// <summary>Opens connections from an address and says nothing; returns how many the broker let stand once it has closed the others.</summary>
    private async Task<int> HoldAsync(int port, int address, CancellationToken limit)
    {
        var closed = new List<Task>();
        for (var i = 0; i < HalfOpenEach; i++)
        {
            var socket = await Stranger.ConnectAsync(port, address, limit);
            _held.Add(socket);
            closed.Add(Stranger.UntilClosedAsync(socket, limit));
        }

        for (var standing = closed; standing.Count > PerAddressMax; standing = [.. closed.Where(task => !task.IsCompleted)])
        {
            await Task.WhenAny(standing);
        }

        return closed.Count(task => !task.IsCompleted);
    }

    private static async Task WithAsync(int port, int address, Func<Socket, Task> act, CancellationToken limit)
    {
        using var socket = await Stranger.ConnectAsync(port, address, limit);
        await act(socket);
    }

    private static async Task<short?> LogInAsync(int port, int address, ScramUser user, CancellationToken limit)
    {
        using var socket = await Stranger.ConnectAsync(port, address, limit);
        return await Stranger.LogInAsync(socket, user, limit);
    }

    /// <summary>Ends when the broker has no more descriptors than before, but for segments that were rolled meanwhile.</summary>
    private static async Task WaitForDescriptorsAsync(KafkaServerProcess broker, int before)
    {
        const int Rolled = 40;
        using var limit = new CancellationTokenSource(Patience);
        while (Descriptors(broker) > before + Rolled)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private static int Descriptors(KafkaServerProcess broker) => Directory.EnumerateFileSystemEntries($"/proc/{broker.Process.Id}/fd").Count();
}
