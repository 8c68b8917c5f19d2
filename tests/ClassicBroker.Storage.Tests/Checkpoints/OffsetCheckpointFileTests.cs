using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class OffsetCheckpointFileTests
{
    private const string Path = "/data/recovery-point-offset-checkpoint";

    private readonly StorageHarness _harness = new();

    private OffsetCheckpointFile File => new(_harness.Files, Path);

    [Fact]
    public void Offsets_are_written_as_kafka_writes_them_and_come_back()
    {
        var offsets = new Dictionary<TopicPartition, long> { [new("b-c", 0)] = 5, [new("a", 10)] = 7, [new("a", 2)] = long.MaxValue };

        File.Write(offsets);

        Assert.Equal("0\n3\na 2 9223372036854775807\na 10 7\nb-c 0 5\n", Encoding.UTF8.GetString(_harness.ReadFile(Path)));
        Assert.Equal(offsets.OrderBy(entry => entry.Key), File.Read().OrderBy(entry => entry.Key));
    }

    [Fact]
    public void A_missing_file_holds_nothing() => Assert.Empty(File.Read());

    [Theory]
    [InlineData("")]
    [InlineData("1\n0\n")]
    [InlineData("0\n")]
    [InlineData("0\nx\n")]
    [InlineData("0\n2\na 0 1\n")]
    [InlineData("0\n0\na 0 1\n")]
    [InlineData("0\n1\na 0\n")]
    [InlineData("0\n1\na 0 1 2\n")]
    [InlineData("0\n1\na 0 1x\n")]
    public void A_malformed_file_is_refused(string content)
    {
        _harness.WriteFile(Path, Encoding.UTF8.GetBytes(content));

        Assert.Throws<MalformedDataException>(() => File.Read());
    }

    [Fact]
    public void A_crash_at_any_moment_leaves_the_old_content_or_the_new()
    {
        foreach (var seed in Seeds.First(50))
        {
            var harness = new StorageHarness(seed: seed);
            var file = new OffsetCheckpointFile(harness.Files, Path);
            file.Write([KeyValuePair.Create(new TopicPartition("a", 0), 1L)]);
            harness.Files.Fail(Testing.Files.FileOperation.SyncDirectory, errno: 5, nth: 1);
            Assert.Throws<Platform.StorageException>(() => file.Write([KeyValuePair.Create(new TopicPartition("a", 0), 2L)]));

            harness.Crash();

            Assert.InRange(Assert.Single(file.Read()).Value, 1, 2);
        }
    }
}
