//! What a handler was granted of capabilities that this crate does not know: values by their type.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Values by their type. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Grants(Vec<Arc<dyn Any + Send + Sync>>);

impl Grants {
    /// Adds a value, in the place of one of the same type.
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, grant: T) {
        self.0.retain(|other| !other.is::<T>());
        self.0.push(Arc::new(grant));
    }

    pub(crate) fn find<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.iter().find_map(|grant| grant.downcast_ref())
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grants({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Grants;

    #[test]
    fn one_of_the_same_type_takes_the_others_place() {
        let mut grants = Grants::default();
        grants.add(1_u8);
        grants.add("text");
        grants.add(2_u8);
        assert_eq!(
            (grants.find::<u8>(), grants.find::<&str>(), grants.0.len()),
            (Some(&2), Some(&"text"), 2)
        );
        assert_eq!(grants.find::<u16>(), None);
    }
}
