using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Server.Tests.Hosting;

/// <summary>Log directories that cannot be used when the broker starts.</summary>
public sealed class LogDirectoryStartTests
{
    [Theory]
    [InlineData(FileOperation.Open, Errno.ReadOnlyFileSystem)]
    [InlineData(FileOperation.CreateDirectory, Errno.NoEntry)]
    [InlineData(FileOperation.CreateDirectory, Errno.NotDirectory)]
    public void A_broker_none_of_whose_directories_can_be_used_does_not_start(FileOperation operation, int errno)
    {
        var broker = new InProcessBroker();
        broker.Stop();
        broker.Properties["log.dirs"] = "/nowhere/a,/nowhere/b";
        broker.Files.Fail(operation, errno, pathContains: "/nowhere", lasting: true);

        var refused = Assert.Throws<StartException>(broker.Start);

        Assert.Equal(
            "Shutdown broker because none of the specified log dirs from /nowhere/a, /nowhere/b can be created or validated", refused.Message);
        broker.Time.RunUntilIdle();
        Assert.Null(broker.Halted);
    }

    [Fact]
    public void A_broker_with_one_good_directory_serves_it_and_answers_for_the_other()
    {
        var broker = new InProcessBroker("log.dirs=/data/a,/data/b");
        broker.Connect().CreateTopic("t", 2);
        broker.Stop();
        broker.Files.Fail(FileOperation.Open, Errno.Io, pathContains: "/data/a/t-", lasting: true);

        broker.Start();

        var client = broker.Connect();
        Assert.Equal(ErrorCode.KafkaStorageError, client.Produce("t", 0, 1, "a").ErrorCode);
        Assert.Equal(ErrorCode.None, client.Produce("t", 1, 1, "a").ErrorCode);
        Assert.Null(broker.Halted);
    }

    [Fact]
    public void The_failure_of_the_last_directory_after_the_start_ends_the_process()
    {
        var broker = new InProcessBroker("log.flush.interval.messages=1");
        var client = broker.Connect();
        client.CreateTopic("t");
        broker.Files.Fail(FileOperation.Sync, Errno.Io, pathContains: "/data/a/t-0", lasting: true);

        Assert.Equal(ErrorCode.KafkaStorageError, client.Produce("t", 0, 1, "a").ErrorCode);
        broker.Time.RunUntilIdle();

        Assert.Equal(1, broker.Halted);
    }
}
