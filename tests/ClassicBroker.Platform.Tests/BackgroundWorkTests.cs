using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests;

/// <summary>Work that is not awaited loses no exception: the policy deals with it, or the loop is told.</summary>
public sealed class BackgroundWorkTests
{
    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _loop;
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BackgroundWorkTests() => _loop = _time.CreateLoop("loop");

    [Fact]
    public void Work_runs_on_its_loop_and_counts_while_it_runs()
    {
        var work = new BackgroundWork("test", _loop);
        var wasOnLoop = false;
        work.Run(async () =>
        {
            await _gate.Task;
            wasOnLoop = _loop.InEventLoop;
        });
        _time.RunUntilIdle();
        Assert.Equal(1, work.Running);
        _gate.SetResult();
        _time.RunUntilIdle();
        Assert.True(wasOnLoop);
        Assert.Equal(0, work.Running);
        Assert.Equal(0, work.Failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_that_the_policy_knows_is_survived(bool failsAtOnce)
    {
        var survived = new List<Exception>();
        var work = new BackgroundWork("test", _loop, failure =>
        {
            survived.Add(failure);
            return failure is IOException;
        });
        Fail(work, new IOException("known"), failsAtOnce);
        _time.RunUntilIdle();
        Assert.Equal("known", Assert.Single(survived).Message);
        Assert.Equal(1, work.Failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_that_no_policy_knows_is_thrown_on_the_loop(bool failsAtOnce)
    {
        Fail(new BackgroundWork("test", _loop, failure => failure is IOException), new FormatException("unknown"), failsAtOnce);
        Assert.Equal("unknown", Assert.Throws<FormatException>(_time.RunUntilIdle).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_violated_invariant_is_survived_by_no_policy(bool failsAtOnce)
    {
        Fail(new BackgroundWork("test", _loop, _ => true), new InvariantViolatedException("ours"), failsAtOnce);
        Assert.Throws<InvariantViolatedException>(_time.RunUntilIdle);
    }

    [Fact]
    public void Work_started_on_the_loop_begins_before_its_starter_goes_on()
    {
        var work = new BackgroundWork("test", _loop);
        var order = new List<string>();
        _loop.Execute(() =>
        {
            work.Run(() =>
            {
                order.Add("work");
                return Task.CompletedTask;
            });
            order.Add("starter");
        });
        _time.RunUntilIdle();
        Assert.Equal(["work", "starter"], order);
    }

    private void Fail(BackgroundWork work, Exception failure, bool atOnce)
    {
        work.Run(atOnce
            ? () => throw failure
            : async () =>
            {
                await _gate.Task;
                throw failure;
            });
        _gate.SetResult();
    }
}
