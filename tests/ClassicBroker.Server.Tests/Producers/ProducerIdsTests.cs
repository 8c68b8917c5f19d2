using ClassicBroker.Metadata;
using ClassicBroker.Server.Producers;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Tests.Producers;

public sealed class ProducerIdsTests
{
    [Fact]
    public async Task Ids_go_on_after_a_block_could_not_be_fetched()
    {
        var ids = new ProducerIds(new FailingOnce());
        await Assert.ThrowsAsync<SessionExpiredException>(() => ids.NextAsync().AsTask());

        Assert.Equal(1000, await ids.NextAsync());
        Assert.Equal(1001, await ids.NextAsync());
    }

    private sealed class FailingOnce : IProducerIdBlocks
    {
        private bool _failed;

        public Task<ProducerIdBlock?> AllocateAsync()
        {
            if (_failed)
            {
                return Task.FromResult<ProducerIdBlock?>(new ProducerIdBlock(0, 1000, 1999));
            }

            _failed = true;
            return Task.FromException<ProducerIdBlock?>(new SessionExpiredException(null));
        }
    }
}
