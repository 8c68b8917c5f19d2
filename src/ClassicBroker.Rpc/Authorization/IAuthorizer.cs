using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Rpc.Authorization;

/// <summary>Decides who may do what. Threading: asked on every network loop at once; answers without waiting.</summary>
public interface IAuthorizer
{
    /// <param name="requester">Who asks.</param>
    /// <param name="operation">For what.</param>
    /// <param name="type">With what type of resource.</param>
    /// <param name="name">Which one, literally.</param>
    /// <param name="logsDenial">Whether a denial is logged where operators see it.</param>
    bool Authorize(in Requester requester, AclOperation operation, AclResourceType type, string name, bool logsDenial);

    /// <summary>Whether there can be a resource of this type that the requester may do this with.</summary>
    bool AuthorizeByResourceType(in Requester requester, AclOperation operation, AclResourceType type);
}
