use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Module};

use crate::init::local::init::module_loader;
use crate::is_made;

/// What is said of a module that a request asks for.
const LATE: &str = "a component has its modules from when it is built: write import() with a fixed text for each of \
    those that this may be, and choose among these";

pub(super) struct HostModuleResolver;

impl Resolver for HostModuleResolver {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        // Nobody is there to be asked once the component is made, and asking would end it.
        if is_made() {
            return Err(Error::new_resolving_message(base, name, LATE));
        }
        module_loader::resolve(base, name).map_err(|err| Error::new_resolving_message(base, name, err))
    }
}

pub(super) struct HostModuleLoader;

impl Loader for HostModuleLoader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        let source = module_loader::load(name).map_err(|err| Error::new_loading_message(name, err))?;
        Module::declare(ctx.clone(), name, source)
    }
}
