using ClassicBroker.Client;
using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Tools.Acls;

/// <summary>ACLs by requests to brokers, whose refusals come as a Java future hands them on.</summary>
internal sealed class BrokerAcls(AdminClient admin) : IAclService
{
    public async Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>> FindAsync(AclFilter filter)
    {
        try
        {
            return await admin.DescribeAclsAsync(filter);
        }
        catch (KafkaException refused)
        {
            throw JavaException.FromFuture(refused);
        }
    }

    public async Task<JavaFailure?> AddAsync(AclResource resource, IReadOnlyCollection<AclEntry> entries)
    {
        try
        {
            foreach (var created in await admin.CreateAclsAsync([.. entries.Select(entry => (resource, entry))]))
            {
                created.ThrowIfFailed();
            }

            return null;
        }
        catch (KafkaException refused)
        {
            throw JavaException.FromFuture(refused);
        }
    }

    public async Task RemoveAsync(IReadOnlyList<AclFilter> filters)
    {
        try
        {
            foreach (var deleted in await admin.DeleteAclsAsync(filters))
            {
                deleted.ThrowIfFailed();
            }
        }
        catch (KafkaException refused)
        {
            throw JavaException.FromFuture(refused);
        }
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();
}
