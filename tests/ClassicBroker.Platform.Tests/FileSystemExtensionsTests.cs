using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests;

public sealed class FileSystemExtensionsTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void A_durable_directory_survives_a_power_cut_with_all_above_it(ulong seed)
    {
        var files = new SimulatedFileSystem(new ManualTime(), new SeededRandomSource(seed));
        files.CreateDurableDirectory("/a/b/c");
        files.Crash();
        Assert.True(files.DirectoryExists("/a/b/c"));
    }

    [Fact]
    public void One_that_is_there_costs_no_sync()
    {
        var files = new SimulatedFileSystem(new ManualTime(), new SeededRandomSource(1));
        files.CreateDurableDirectory("/a/b");
        var before = files.Count(FileOperation.SyncDirectory);
        files.CreateDurableDirectory("/a/b");
        Assert.Equal(before, files.Count(FileOperation.SyncDirectory));
    }
}
