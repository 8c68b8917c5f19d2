using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Tools.Tests.ZooKeeperOffsets;

/// <summary><c>kafka.tools.ExportZkOffsets</c> and <c>kafka.tools.ImportZkOffsets</c>, in the file format of Kafka 0.8.</summary>
public sealed class OffsetTransferTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public OffsetTransferTests()
    {
        _zooKeeper = new(_time);
        Put("/consumers/a/offsets/t/0", "12");
        Put("/consumers/a/offsets/t/1", "0");
        Put("/consumers/a/offsets/u/10", "9223372036854775807");
        Put("/consumers/b/offsets/t/0", "7");
        Put("/consumers/b/owners/t/0", "someone");
    }

    private string OffsetsFile => _scratch.File("offsets");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_exported_is_imported_again()
    {
        Assert.Equal((0, ""), Run("ExportZkOffsets", "--output-file", OffsetsFile));
        const string all =
            "/consumers/a/offsets/t/0:12\n/consumers/a/offsets/t/1:0\n/consumers/a/offsets/u/10:9223372036854775807\n"
            + "/consumers/b/offsets/t/0:7\n";
        Assert.Equal(all, File.ReadAllText(OffsetsFile));

        // What has moved on is set back, and what is gone is made again.
        var target = new InMemoryZooKeeper(_time);
        target.Put("/consumers/a/offsets/t/0", "500");
        Assert.Equal((0, ""), Run(target, "ImportZkOffsets", "--input-file", OffsetsFile));
        Assert.Equal(
            ("12", "0", "9223372036854775807", "7"),
            (target.Text("/consumers/a/offsets/t/0"), target.Text("/consumers/a/offsets/t/1"), target.Text("/consumers/a/offsets/u/10"),
                target.Text("/consumers/b/offsets/t/0")));
        Assert.Null(target.Text("/consumers/b/owners/t/0"));
        File.Delete(OffsetsFile);
        Assert.Equal((0, ""), Run(target, "ExportZkOffsets", "--output-file", OffsetsFile));
        Assert.Equal(all, File.ReadAllText(OffsetsFile));
    }

    [Fact]
    public void One_group_is_exported_alone_over_a_longer_file()
    {
        File.WriteAllText(OffsetsFile, new string('x', 1_000));
        Assert.Equal((0, ""), Run("ExportZkOffsets", "--group", "b", "--output-file", OffsetsFile));
        Assert.Equal("/consumers/b/offsets/t/0:7\n", File.ReadAllText(OffsetsFile));
    }

    [Theory]
    [InlineData("/brokers/ids/0:5")]
    [InlineData("/consumers/a/offsets/t/0:x")]
    [InlineData("/consumers/a/offsets/t/0")]
    public void Nothing_is_imported_where_a_line_is_wrong(string wrong)
    {
        File.WriteAllText(OffsetsFile, $"/consumers/a/offsets/t/0:99\n{wrong}\n");
        var (exitCode, error) = Run("ImportZkOffsets", "--input-file", OffsetsFile);
        Assert.Equal(1, exitCode);
        Assert.Contains($"{wrong} is not a line of the form /consumers/GROUP/offsets/TOPIC/PARTITION:OFFSET", error, StringComparison.Ordinal);
        Assert.Equal("12", _zooKeeper.Text("/consumers/a/offsets/t/0"));
    }

    private void Put(string path, string text) => _zooKeeper.Put(path, text);

    private (int ExitCode, string Error) Run(string tool, params string[] words) => Run(_zooKeeper, tool, words);

    private (int ExitCode, string Error) Run(InMemoryZooKeeper zooKeeper, string tool, params string[] words)
    {
        var run = ToolRun.Against(zooKeeper, _time, ["kafka-run-class", $"kafka.tools.{tool}", "--zkconnect", "zk:2181", .. words]);
        Assert.Equal("", run.Output);
        return (run.ExitCode, run.Error);
    }
}
