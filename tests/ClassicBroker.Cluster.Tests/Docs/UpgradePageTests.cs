using System.Globalization;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests.Docs;

/// <summary>docs/upgrade.md, followed literally for three brokers that are written to all the while: nothing that was acknowledged is lost.</summary>
public sealed class UpgradePageTests : IDisposable
{
    private const int Brokers = 3;

    /// <summary>The blocks of the page, in their order.</summary>
    private const int Variables = 0, Protocol = 1, Health = 2, Upgrade = 3, Election = 4, Downgrade = 5, NewProtocol = 6;

    private const string Topic = "orders";

    private readonly ScratchDirectory _scratch = new();
    private readonly DocumentedCommands _page = new("upgrade.md");
    private readonly int[] _ports = [.. Enumerable.Range(0, Brokers).Select(_ => LoopbackPorts.Next())];

    private string BootstrapServers => string.Join(',', _ports.Select(port => $"127.0.0.1:{port}"));

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Three_brokers_are_upgraded_one_by_one_under_load_and_nothing_is_lost()
    {
        Assert.Equal(NewProtocol + 1, _page.Blocks.Count);
        await using var zooKeeper = await RealZooKeeper.StartAsync();
        try
        {
            for (var broker = 0; broker < Brokers; broker++)
            {
                Install(broker, zooKeeper.ConnectString);
                await FollowAsync(broker, "systemctl start kafka\n");
            }

            await Acquaintance.AwaitAsync(BootstrapServers.Split(','));
            await Tool.RunAsync(
                "kafka-topics.sh", "--bootstrap-server", BootstrapServers, "--create", "--topic", Topic, "--replication-factor", "3");
            await using var load = await AckedLoad.StartAsync(BootstrapServers, Topic, _scratch.File("acked"), idempotent: true);
            await FollowPageAsync(load);
            var acked = await load.StopAsync();
            AckedLoad.AssertNothingLost(acked, await AckedLoad.ReadAllAsync(BootstrapServers, Topic));
        }
        finally
        {
            for (var broker = 0; broker < Brokers; broker++)
            {
                await DocumentedCommands.RunAsync(["systemctl kill kafka"], [], null, Systemctl(broker));
            }
        }
    }

    private async Task FollowPageAsync(AckedLoad load)
    {
        await FollowAsync(0, Block(Protocol), Block(Health));
        await FollowAsync(0, Block(Upgrade));
        await FollowAsync(0, Block(Downgrade));
        for (var broker = 0; broker < Brokers; broker++)
        {
            await FollowAsync(broker, Block(Upgrade));
            Assert.EndsWith("classicbroker-NEW", new DirectoryInfo(Opt(broker, "classicbroker")).LinkTarget);
            await load.WaitForMoreAsync(100, TimeSpan.FromSeconds(30));
        }

        await FollowAsync(0, Block(Election));
        for (var broker = 0; broker < Brokers; broker++)
        {
            await FollowAsync(broker, Block(NewProtocol));
            Assert.Contains(
                "inter.broker.protocol.version=3.9\n", await File.ReadAllTextAsync(_scratch.File($"etc-{broker}/server.properties")));
            await load.WaitForMoreAsync(100, TimeSpan.FromSeconds(30));
        }
    }

    private string Block(int index) => _page.Blocks[index];

    private string Opt(int broker, string name) => _scratch.File($"opt-{broker}/{name}");

    private async Task FollowAsync(int broker, params string[] blocks) => (await DocumentedCommands.RunAsync(
        [Block(Variables), .. blocks],
        [
            ("broker1.example:9092,broker2.example:9092,broker3.example:9092", BootstrapServers),
            ("/etc/kafka", _scratch.File($"etc-{broker}")),
            ("/opt", _scratch.File($"opt-{broker}")),
        ],
        null,
        Systemctl(broker))).RequireSuccess();

    /// <summary>Two installations of what is built, the link to the old one, and the broker's file.</summary>
    private void Install(int broker, string zooKeeper)
    {
        foreach (var version in new[] { "OLD", "NEW" })
        {
            var directory = Opt(broker, $"classicbroker-{version}");
            Directory.CreateDirectory(Path.Combine(directory, "dist"));
            Directory.CreateSymbolicLink(Path.Combine(directory, "bin"), Path.Combine(RepositoryLayout.Root, "scripts"));
            Directory.CreateSymbolicLink(Path.Combine(directory, "dist", "bin"), Path.Combine(RepositoryLayout.Root, "dist", "bin"));
        }

        Directory.CreateSymbolicLink(Opt(broker, "classicbroker"), Opt(broker, "classicbroker-OLD"));
        Directory.CreateDirectory(_scratch.File($"etc-{broker}"));
        File.WriteAllLines(
            _scratch.File($"etc-{broker}/server.properties"),
            [
                $"broker.id={broker}", $"listeners=PLAINTEXT://127.0.0.1:{_ports[broker]}", $"log.dirs={_scratch.File($"data-{broker}")}",
                $"zookeeper.connect={zooKeeper}", "inter.broker.protocol.version=2.8", "min.insync.replicas=2",
                "default.replication.factor=3", "replica.fetch.backoff.ms=200", "zookeeper.connection.timeout.ms=30000",
            ]);
    }

    /// <summary>What systemd does for the unit, where a test has no systemd: start and wait, SIGTERM and wait.</summary>
    private string Systemctl(int broker)
    {
        var pid = _scratch.File($"pid-{broker}");
        return string.Create(CultureInfo.InvariantCulture, $$"""
            systemctl() {
              case $1 in
                start)
                  LOG_DIR={{_scratch.File($"logs-{broker}")}} {{Opt(broker, "classicbroker")}}/dist/bin/kafka-server \
                    {{_scratch.File($"etc-{broker}")}}/server.properties > {{_scratch.File($"out-{broker}")}} 2>&1 < /dev/null &
                  echo $! > {{pid}}
                  for _ in {1..600}; do
                    grep -qF '[KafkaServer id={{broker}}] started' {{_scratch.File($"out-{broker}")}} && return 0
                    [ -e "/proc/$(cat {{pid}})/exe" ] || return 1
                    sleep 0.1
                  done
                  return 1 ;;
                restart) systemctl stop && systemctl start ;;
                stop | kill)
                  [ -e {{pid}} ] || return 0
                  kill -s "$([ "$1" = stop ] && echo TERM || echo KILL)" "$(cat {{pid}})" 2> /dev/null || return 0
                  for _ in {1..900}; do [ -e "/proc/$(cat {{pid}})/exe" ] || return 0; sleep 0.1; done
                  return 1 ;;
              esac
            }
            """);
    }
}
