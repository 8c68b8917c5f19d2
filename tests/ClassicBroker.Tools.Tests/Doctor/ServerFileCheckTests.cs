using ClassicBroker.Tools.Doctor;

namespace ClassicBroker.Tools.Tests.Doctor;

/// <summary>What a broker's properties file tells before the broker is started.</summary>
public sealed class ServerFileCheckTests
{
    private static Finding Only(string subject, params (string Key, string Value)[] properties) =>
        Assert.Single(
            ServerFileCheck.Run(
                ToolRun.HostWith(TextWriter.Null), properties.ToDictionary(pair => pair.Key, pair => pair.Value), openFilesMax: 100_000),
            finding => finding.Subject == subject);

    [Fact]
    public void Listening_everywhere_and_advertising_this_machine_alone_is_a_warning()
    {
        var finding = Only(
            "listener PLAINTEXT", ("listeners", "PLAINTEXT://0.0.0.0:9092"), ("advertised.listeners", "PLAINTEXT://localhost:9092"));
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("listens on every address and advertises localhost", finding.Text);
    }

    [Theory]
    [InlineData("PLAINTEXT://localhost:9092", "PLAINTEXT://localhost:9092")]
    [InlineData("PLAINTEXT://:9092", "PLAINTEXT://broker.example:9092")]
    [InlineData("PLAINTEXT://:9092", "")]
    public void Other_listeners_are_good(string listeners, string advertised) =>
        Assert.Equal(Severity.Good, Only("listener PLAINTEXT", ("listeners", listeners), ("advertised.listeners", advertised)).Severity);

    [Fact]
    public void A_directory_that_is_not_there_yet_is_made_by_the_broker() =>
        Assert.Equal(Severity.Good, Only("log directory /nowhere/at/all", ("log.dirs", "/nowhere/at/all")).Severity);

    [Fact]
    public void Few_open_files_are_a_warning()
    {
        var findings = ServerFileCheck.Run(ToolRun.HostWith(TextWriter.Null), new Dictionary<string, string>(), openFilesMax: 1024);
        Assert.Equal(Severity.Warning, Assert.Single(findings, finding => finding.Subject == "open files").Severity);
    }

    [Theory]
    [InlineData(100, 4, Severity.Critical)]
    [InlineData(100, 14, Severity.Warning)]
    [InlineData(100, 15, Severity.Good)]
    [InlineData(-1, -1, Severity.Good)]
    public void Space_is_judged_by_its_free_share(long total, long usable, object expected) =>
        Assert.Equal(expected, DiskCheck.JudgeSpace("disk", total, usable).Severity);
}
