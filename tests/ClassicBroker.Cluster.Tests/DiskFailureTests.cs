using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// A disk that refuses: its log directory goes offline with a line that says so, the process and the other directories go on, and
/// what was acknowledged can still be read once the disk is well again. Faults are injected into real system calls by strace.
/// </summary>
public sealed class DiskFailureTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public static IEnumerable<object[]> Faults { get; } =
        SecurityProfiles.With(["pwrite64", "EIO"], ["pwrite64", "ENOSPC"], ["fsync", "EIO"]);

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_failing_log_directory_goes_offline_alone(SecurityProfile profile, string systemCall, string error)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        string sick = _scratch.File("sick"), well = _scratch.File("well");
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                ["log.dirs"] = $"{sick},{well}",
                ["zookeeper.session.timeout.ms"] = "1000",
                // Each append is flushed, so that an fsync that fails stands between an append and its acknowledgement.
                ["log.flush.interval.messages"] = "1",
                ["num.partitions"] = "1",
            }));
        await broker.StartAsync();
        foreach (var topic in new[] { "a", "b" })
        {
            await Tool.CreateTopicAsync(security, broker, topic);
        }

        var sickTopic = Directory.Exists(Path.Combine(sick, "a-0")) ? "a" : "b";
        var wellTopic = sickTopic == "a" ? "b" : "a";
        Assert.True(Directory.Exists(Path.Combine(well, $"{wellTopic}-0")));
        Assert.Equal(0, await broker.StopAsync());

        // Reopen under strace, which stands aside (-D) so that the process started is the broker itself; from the 40th matching call on the sick segment, the disk refuses.
        var segment = Path.Combine(sick, $"{sickTopic}-0", "00000000000000000000.log");
        await broker.StartAsync(["strace", "-D", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-P", segment, "-e", $"trace={systemCall}", "-e", $"inject={systemCall}:error={error}:when=40+"]);
        await using (var load = await StartLoadAsync(security, broker, sickTopic, "acked"))
        {
            await WaitForLogLineAsync(broker, sick);
            await using var other = await StartLoadAsync(security, broker, wellTopic, "other");
            await other.WaitForMoreAsync(200, TimeSpan.FromSeconds(60));
            AckedLoad.AssertNothingLost(await other.StopAsync(), await ReadAllAsync(security, broker, wellTopic));
            Assert.False(broker.Process.HasExited);
        }

        await broker.StopAsync();
        await broker.StartAsync();
        var acked = File.ReadLines(_scratch.File("acked")).Select(line => line.Split(' ')).Select(parts => (long.Parse(parts[0]), long.Parse(parts[1]))).ToList();
        AckedLoad.AssertNothingLost(acked, await ReadAllAsync(security, broker, sickTopic));
    }

    private Task<AckedLoad> StartLoadAsync(ClusterSecurity security, KafkaServerProcess broker, string topic, string file) =>
        AckedLoad.StartAsync(broker.BootstrapServers, topic, _scratch.File(file), credentials: security.Client);

    private static Task<IReadOnlyList<(long Offset, long Number)>> ReadAllAsync(
        ClusterSecurity security, KafkaServerProcess broker, string topic) =>
        AckedLoad.ReadAllAsync(broker.BootstrapServers, topic, security.Client);

    private static async Task WaitForLogLineAsync(KafkaServerProcess broker, string directory) =>
        await broker.Process.WaitForAsync($"Stopping serving replicas in dir {directory}", TimeSpan.FromSeconds(60));

    public void Dispose() => _scratch.Dispose();
}
