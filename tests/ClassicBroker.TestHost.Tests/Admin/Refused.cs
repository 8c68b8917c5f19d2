using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Checks that a broker refused something, by name. Stateless.</summary>
internal static class Refused
{
    /// <summary>A failure of one item tells its code, and which broker refused it by which API.</summary>
    public static void With(ErrorCode code, KafkaException? failure)
    {
        Assert.NotNull(failure);
        Assert.Equal(code, failure.Code);
        Assert.Equal(0, failure.BrokerId);
        Assert.NotNull(failure.BrokerAddress);
        Assert.NotNull(failure.Api);
    }

    /// <summary>A failure of what only a broker that is not there could tell.</summary>
    public static void ForAbsentBroker(KafkaException? failure) => Assert.Equal((ErrorCode.BrokerNotAvailable, 7), (failure?.Code, failure?.BrokerId));

    public static async Task With(ErrorCode code, Func<Task> call) => With(code, await Assert.ThrowsAsync<KafkaException>(call));
}
