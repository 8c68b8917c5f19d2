using ClassicBroker.Testing.Loops;
using Xunit;

namespace ClassicBroker.Platform.Tests;

public sealed class OrderedWorkTests
{
    private readonly ManualTime _time = new();
    private readonly OrderedWork _work = new();
    private readonly List<string> _seen = [];

    [Fact]
    public void Work_waits_for_what_came_before_and_goes_on_after_its_failure()
    {
        var loop = _time.CreateLoop("test");
        var first = new TaskCompletionSource();
        var failing = loop.InvokeAsync(() => _work.RunAsync(() => StepAsync("first", first.Task)));
        var second = loop.InvokeAsync(() => _work.RunAsync(async () =>
        {
            await StepAsync("second", Task.CompletedTask);
            return 2;
        }));
        _time.RunUntilIdle();
        Assert.Equal(["first"], _seen);

        first.SetException(new InvalidOperationException());
        _time.RunUntilIdle();

        Assert.Equal(["first", "second"], _seen);
        Assert.IsType<InvalidOperationException>(failing.Exception!.InnerException);
        Assert.Equal(2, _time.Await(second));
    }

    private Task StepAsync(string name, Task until)
    {
        _seen.Add(name);
        return until;
    }
}
