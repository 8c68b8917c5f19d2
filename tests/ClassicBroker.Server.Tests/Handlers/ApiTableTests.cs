using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

public sealed class ApiTableTests
{
    /// <summary>What a broker of 3.9 in ZooKeeper mode advertises: key, lowest and highest version.</summary>
    private const string Kafka39 =
        "0:0-11 1:0-17 2:0-9 3:0-12 4:0-7 5:0-4 6:0-8 7:0-3 8:0-9 9:0-9 10:0-6 11:0-9 12:0-4 13:0-5 14:0-5 15:0-5 16:0-5 17:0-1 18:0-4 "
        + "19:0-7 20:0-6 21:0-2 22:0-5 23:0-4 24:0-5 25:0-4 26:0-4 27:0-1 28:0-4 29:0-3 30:0-3 31:0-3 32:0-4 33:0-2 34:0-2 35:0-4 36:0-2 "
        + "37:0-3 38:0-3 39:0-2 40:0-2 41:0-3 42:0-2 43:0-2 44:0-1 45:0-0 46:0-0 47:0-0 48:0-1 49:0-1 50:0-0 51:0-0 56:0-3 57:0-1 58:0-0 "
        + "60:0-1 61:0-0 65:0-0 66:0-1 67:0-0 68:0-0 69:0-0";

    [Fact]
    public void Every_api_has_a_handler_and_the_ranges_are_those_of_kafka_3_9()
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "t", ClientSoftwareVersion = "1" };
        var response = new InProcessBroker().Connect().Ask<ApiVersionsRequest, ApiVersionsResponse>(request, 3);
        Assert.Equal(Kafka39, string.Join(' ', response.ApiKeys.Select(api => $"{api.ApiKey}:{api.MinVersion}-{api.MaxVersion}")));
        Assert.Equal(ApiCatalog.All.Count, response.ApiKeys.Length);
    }

    [Fact]
    public void Every_api_answers_an_empty_request_of_every_version()
    {
        var broker = new InProcessBroker();
        foreach (var api in ApiCatalog.All.Where(api => api.Key is not (ApiKey.Envelope or ApiKey.ApiVersions)))
        {
            for (var version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                var client = broker.Connect();
                var request = api.NewRequest();
                if (request is ProduceRequest produce)
                {
                    produce.Acks = 1;
                }

                client.Send(request, version);

                // This one waits for the topic it makes, which empty requests of a controller have kept this broker from knowing.
                broker.Time.AdvanceMs(api.Key == ApiKey.FindCoordinator ? 2_000 : 1);
                Assert.True(client.IsOpen && client.TakeFrame() is not null, $"{api} version {version} was not answered");
            }
        }
    }
}
