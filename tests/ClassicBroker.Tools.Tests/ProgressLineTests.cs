using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Tools.Tests;

/// <summary>Progress of long work: on terminals only, drawn over itself, in colour where that is wanted.</summary>
public sealed class ProgressLineTests
{
    private readonly StringWriter _error = new();
    private readonly ManualTime _time = new();

    private ToolHost Host(bool isWatched, bool hasColours = false) => ToolRun.HostWith(_error, _time, isWatched, hasColours);

    [Fact]
    public void There_is_none_where_output_goes_into_a_pipe() => Assert.Null(ProgressLine.On(Host(isWatched: false)));

    [Fact]
    public void A_bar_is_drawn_over_the_one_before_and_not_too_often()
    {
        var line = ProgressLine.On(Host(isWatched: true))!;
        line.Show("Sent", 1, 4);
        line.Show("Sent", 2, 4);
        _time.AdvanceMs(1000);
        line.Show("Sent", 3, 4);
        Assert.Equal("\r\u001b[KSent #######....................... 25%\r\u001b[KSent ######################........ 75%", _error.ToString());
    }

    [Fact]
    public void A_line_of_the_tool_gets_room_and_the_bar_comes_back_at_once()
    {
        var line = ProgressLine.On(Host(isWatched: true))!;
        line.Show("5 records");
        line.Clear();
        line.Clear();
        line.Show("6 records");
        Assert.Equal("\r\u001b[K5 records\r\u001b[K\r\u001b[K6 records", _error.ToString());
    }

    [Fact]
    public void More_than_all_is_all_and_colours_are_taken_back()
    {
        ProgressLine.On(Host(isWatched: true, hasColours: true))!.Show("Sent", 9, 4);
        Assert.Equal($"\r\u001b[KSent \u001b[32m{new string('#', 30)}\u001b[0m 100%", _error.ToString());
    }
}
