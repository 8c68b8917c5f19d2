using ClassicBroker.Server.Logging;
using NLog;
using NLog.Config;

namespace ClassicBroker.Server.Tests.Logging;

[Collection(NLogCollection.Name)]
public sealed class SharedFileTargetTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("shared-log-").FullName;
    private readonly StringWriter _console = new();

    private string Log => Path.Join(_directory, "server.log");

    public void Dispose()
    {
        _console.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private LogFactory Process(string path, long archiveAbove = long.MaxValue)
    {
        var factory = new LogFactory();
        var configuration = new LoggingConfiguration(factory);
        configuration.AddRuleForAllLevels(new SharedFileTarget("server")
        {
            FileName = path,
            Layout = "${message}",
            ArchiveAboveSize = archiveAbove,
            MaxArchiveFiles = 2,
            Console = _console,
        });
        factory.Configuration = configuration;
        return factory;
    }

    [Fact]
    public void Lines_of_two_processes_stand_whole_in_the_order_they_came()
    {
        using var one = Process(Log);
        using var other = Process(Log);
        var expected = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            expected.Add($"one {i}");
            one.GetLogger("l").Info(expected[^1]);
            expected.Add($"a much longer line of the other {i}");
            other.GetLogger("l").Info(expected[^1]);
        }

        Assert.Equal(expected, File.ReadAllLines(Log));
    }

    [Fact]
    public void Lines_are_added_to_those_of_earlier_runs()
    {
        File.WriteAllText(Log, "earlier\n");
        using (var factory = Process(Log))
        {
            factory.GetLogger("l").Info("later");
        }

        Assert.Equal(["earlier", "later"], File.ReadAllLines(Log));
    }

    [Fact]
    public void A_file_that_has_grown_too_large_is_renamed_for_all_who_write_to_it()
    {
        using var one = Process(Log, archiveAbove: 10);
        using var other = Process(Log, archiveAbove: 10);
        foreach (var number in Enumerable.Range(0, 4))
        {
            one.GetLogger("l").Info($"twelve bytes {number}");
        }

        other.GetLogger("l").Info("other");
        Assert.Equal(
            ["other", "twelve bytes 3", "twelve bytes 2"],
            new[] { Log, Log + ".1", Log + ".2" }.Select(path => File.ReadAllText(path).TrimEnd()));
        Assert.False(File.Exists(Log + ".3"));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_told_on_the_console_once()
    {
        var path = Path.Join(Log, "server.log");
        File.WriteAllText(Log, "a file where the directory would be");
        using (var factory = Process(path))
        {
            factory.GetLogger("l").Info("lost");
            factory.GetLogger("l").Info("lost too");
            File.Delete(Log);
            factory.GetLogger("l").Info("kept");
        }

        var told = _console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($"Log file {path} cannot be written, its lines are lost until it can: ", told[0]);
        Assert.Equal([$"Log file {path} is written again"], told[1..]);
        Assert.Equal(["kept"], File.ReadAllLines(path));
    }
}
