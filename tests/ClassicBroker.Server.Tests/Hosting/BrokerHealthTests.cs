using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Server.Tests.Hosting;

public sealed class BrokerHealthTests
{
    private static BrokerHealth Of(Func<KafkaServer?> broker) => new([], broker, new ManualTime());

    private static bool IsOk(HealthReport report, string check) => report.Checks.Single(each => each.Name == check).IsOk;

    [Fact]
    public void A_broker_that_is_not_made_yet_is_starting()
    {
        var health = Of(() => null);
        Assert.Equal((false, "starting"), (health.Ready().IsHealthy, health.Ready().Status));
        Assert.Equal((false, "starting"), (health.Startup().IsHealthy, health.Startup().Status));
    }

    [Fact]
    public void A_broker_that_serves_is_ready_and_has_started()
    {
        var broker = new InProcessBroker();
        var health = Of(() => broker.Server);
        Assert.Equal("ready", health.Ready().Status);
        Assert.All(health.Ready().Checks, check => Assert.True(check.IsOk, check.Name));
        Assert.Equal("started", health.Startup().Status);
        Assert.Equal(100, health.Startup().Progress!.Percent);
        Assert.Equal(["/data/a"], health.Startup().Progress!.Directories.Select(directory => directory.Path));
    }

    [Fact]
    public void A_broker_without_its_session_is_not_ready_but_has_started()
    {
        var broker = new InProcessBroker();
        var health = Of(() => broker.Server);
        broker.Session!.Disconnect();
        broker.Time.RunUntilIdle();
        Assert.False(health.Ready().IsHealthy);
        Assert.False(IsOk(health.Ready(), "zookeeper"));
        Assert.True(IsOk(health.Ready(), "serving"));
        Assert.True(health.Startup().IsHealthy);
    }

    [Fact]
    public void A_broker_that_stops_is_not_ready()
    {
        var broker = new InProcessBroker();
        var server = broker.Server;
        broker.Stop();
        Assert.False(Of(() => server).Ready().IsHealthy);
    }

    [Fact]
    public void A_broker_with_one_disk_left_is_degraded_and_names_the_other()
    {
        var broker = new InProcessBroker("log.dirs=/data/a,/data/b");
        var client = broker.Connect();
        client.CreateTopic("two", 2);
        broker.Files.Fail(FileOperation.Write, Errno.Io, pathContains: "two-0", lasting: true);
        client.Produce("two", 0, 1, "x");
        var report = Of(() => broker.Server).Ready();
        Assert.Equal((true, "degraded"), (report.IsHealthy, report.Status));
        Assert.StartsWith("offline: /data/", report.Checks.Single(check => check.Name == "log directories").Detail);
    }

    [Fact]
    public async Task A_broker_lives_while_its_loops_turn()
    {
        var time = new ManualTime();
        var loop = time.CreateLoop("kafka-timer-0");
        var health = new BrokerHealth([loop], () => null, time);
        var asked = health.LiveAsync();
        time.RunUntilIdle();
        Assert.True((await asked).IsHealthy);

        var stuck = new BrokerHealth([new SilentLoop(loop)], () => null, time).LiveAsync();
        time.AdvanceMs(10_000);
        var report = await stuck;
        Assert.Equal((false, "stuck"), (report.IsHealthy, report.Status));
        Assert.Equal("kafka-timer-0", Assert.Single(report.Checks).Name);
    }

    /// <summary>A loop that takes work and never does it.</summary>
    private sealed class SilentLoop(IEventLoop named) : IEventLoop
    {
        public string Name => named.Name;

        public bool InEventLoop => false;

        public TimeProvider Time => named.Time;

        public void Execute(Action work)
        {
        }

        public IScheduledWork Schedule(Action work, TimeSpan delay) => named.Schedule(work, delay);
    }
}
