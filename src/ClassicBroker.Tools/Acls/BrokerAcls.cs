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
            await admin.CreateAclsAsync([.. entries.Select(entry => (resource, entry))]);
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
            await admin.DeleteAclsAsync(filters);
        }
        catch (KafkaException refused)
        {
            throw JavaException.FromFuture(refused);
        }
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();
}
