using Xunit;

namespace ClassicBroker.Platform.Tests;

public sealed class SystemRandomSourceTests
{
    private readonly SystemRandomSource _random = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void All_of_a_span_is_filled_and_nothing_beside_it(int length)
    {
        var bytes = new byte[length + 2];
        _random.Fill(bytes.AsSpan(1, length));
        Assert.Equal((0, 0), (bytes[0], bytes[^1]));

        // One byte in 256 is zero by chance.
        Assert.True(length < 1000 || bytes.Count(value => value == 0) < length / 100);
        var again = new byte[length];
        _random.Fill(again);
        Assert.True(length < 7 || !again.AsSpan().SequenceEqual(bytes.AsSpan(1, length)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Every_number_below_the_limit_is_drawn_and_no_other(int exclusiveMax)
    {
        var drawn = Enumerable.Range(0, 1000).Select(_ => _random.Next(exclusiveMax)).ToHashSet();
        Assert.Equal(Enumerable.Range(0, exclusiveMax), drawn.Order());
    }

    [Fact]
    public void The_largest_limit_is_one_too()
    {
        Assert.InRange(_random.Next(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _random.Next(0));
    }
}
